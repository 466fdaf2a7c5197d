"""Where the demo's providers are: real municipalities of all departments, by their DIVIPOLA codes (DANE)."""

from typing import NamedTuple


class Place(NamedTuple):
    """A municipality; `weight` is roughly its share of the country's providers."""

    code: str
    department: str
    municipality: str
    weight: int


POPAYAN = Place("19001", "Cauca", "POPAYÁN", 14)

PLACES = (
    Place("05001", "Antioquia", "MEDELLÍN", 90),
    Place("05045", "Antioquia", "APARTADÓ", 5),
    Place("05088", "Antioquia", "BELLO", 8),
    Place("05154", "Antioquia", "CAUCASIA", 3),
    Place("05266", "Antioquia", "ENVIGADO", 10),
    Place("05360", "Antioquia", "ITAGÜÍ", 7),
    Place("05615", "Antioquia", "RIONEGRO", 9),
    Place("08001", "Atlántico", "BARRANQUILLA", 48),
    Place("08433", "Atlántico", "MALAMBO", 2),
    Place("08638", "Atlántico", "SABANALARGA", 2),
    Place("08758", "Atlántico", "SOLEDAD", 6),
    Place("11001", "Bogotá D.C.", "BOGOTÁ", 215),
    Place("13001", "Bolívar", "CARTAGENA", 26),
    Place("13430", "Bolívar", "MAGANGUÉ", 3),
    Place("15001", "Boyacá", "TUNJA", 12),
    Place("15238", "Boyacá", "DUITAMA", 6),
    Place("15759", "Boyacá", "SOGAMOSO", 6),
    Place("17001", "Caldas", "MANIZALES", 20),
    Place("17380", "Caldas", "LA DORADA", 3),
    Place("18001", "Caquetá", "FLORENCIA", 6),
    Place("18753", "Caquetá", "SAN VICENTE DEL CAGUÁN", 1),
    POPAYAN,
    Place("19573", "Cauca", "PUERTO TEJADA", 2),
    Place("19698", "Cauca", "SANTANDER DE QUILICHAO", 4),
    Place("20001", "Cesar", "VALLEDUPAR", 20),
    Place("20011", "Cesar", "AGUACHICA", 4),
    Place("23001", "Córdoba", "MONTERÍA", 19),
    Place("23417", "Córdoba", "LORICA", 3),
    Place("25175", "Cundinamarca", "CHÍA", 8),
    Place("25269", "Cundinamarca", "FACATATIVÁ", 4),
    Place("25290", "Cundinamarca", "FUSAGASUGÁ", 5),
    Place("25754", "Cundinamarca", "SOACHA", 6),
    Place("25899", "Cundinamarca", "ZIPAQUIRÁ", 5),
    Place("27001", "Chocó", "QUIBDÓ", 5),
    Place("27361", "Chocó", "ISTMINA", 1),
    Place("41001", "Huila", "NEIVA", 22),
    Place("41551", "Huila", "PITALITO", 6),
    Place("44001", "La Guajira", "RIOHACHA", 7),
    Place("44430", "La Guajira", "MAICAO", 4),
    Place("47001", "Magdalena", "SANTA MARTA", 18),
    Place("47189", "Magdalena", "CIÉNAGA", 2),
    Place("50001", "Meta", "VILLAVICENCIO", 22),
    Place("50006", "Meta", "ACACÍAS", 3),
    Place("52001", "Nariño", "PASTO", 24),
    Place("52356", "Nariño", "IPIALES", 5),
    Place("52835", "Nariño", "TUMACO", 3),
    Place("54001", "Norte de Santander", "CÚCUTA", 25),
    Place("54498", "Norte de Santander", "OCAÑA", 4),
    Place("63001", "Quindío", "ARMENIA", 18),
    Place("63130", "Quindío", "CALARCÁ", 2),
    Place("66001", "Risaralda", "PEREIRA", 24),
    Place("66170", "Risaralda", "DOSQUEBRADAS", 4),
    Place("68001", "Santander", "BUCARAMANGA", 36),
    Place("68081", "Santander", "BARRANCABERMEJA", 7),
    Place("68276", "Santander", "FLORIDABLANCA", 10),
    Place("70001", "Sucre", "SINCELEJO", 15),
    Place("70215", "Sucre", "COROZAL", 2),
    Place("73001", "Tolima", "IBAGUÉ", 24),
    Place("73268", "Tolima", "ESPINAL", 3),
    Place("76001", "Valle del Cauca", "CALI", 78),
    Place("76109", "Valle del Cauca", "BUENAVENTURA", 5),
    Place("76520", "Valle del Cauca", "PALMIRA", 9),
    Place("76834", "Valle del Cauca", "TULUÁ", 7),
    Place("81001", "Arauca", "ARAUCA", 3),
    Place("81736", "Arauca", "SARAVENA", 1),
    Place("85001", "Casanare", "YOPAL", 9),
    Place("86001", "Putumayo", "MOCOA", 2),
    Place("86568", "Putumayo", "PUERTO ASÍS", 2),
    Place("88001", "Archipiélago de San Andrés, Providencia y Santa Catalina", "SAN ANDRÉS", 2),
    Place("91001", "Amazonas", "LETICIA", 1),
    Place("94001", "Guainía", "INÍRIDA", 1),
    Place("95001", "Guaviare", "SAN JOSÉ DEL GUAVIARE", 1),
    Place("97001", "Vaupés", "MITÚ", 1),
    Place("99001", "Vichada", "PUERTO CARREÑO", 1),
)
