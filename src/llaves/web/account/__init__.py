"""The fourth door: what everybody who is logged in does about the own account. Imports neither of the other three."""
