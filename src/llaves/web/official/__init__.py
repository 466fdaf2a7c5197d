"""Pages of the ministry's official: who waits, and giving them their keys."""
