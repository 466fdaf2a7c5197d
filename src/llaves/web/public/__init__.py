"""Pages for everyone: registration, activation, login."""
