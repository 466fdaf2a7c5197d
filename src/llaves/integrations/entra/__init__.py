"""Microsoft Entra ID: its token endpoint and Microsoft Graph.

Like all of `integrations` it knows no Django, gets plain values and decides nothing for the portal.
"""
