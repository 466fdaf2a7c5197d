"""Pages about one's own account, for every role: the agreement that is asked for after the login."""
