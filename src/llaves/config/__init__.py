"""Assembles the portal: settings, addresses, start-up checks. Imports anything; nobody imports it."""
