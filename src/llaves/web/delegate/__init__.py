"""Pages of the delegado administrativo: asking for keys and seeing them."""
