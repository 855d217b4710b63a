"""The only room that sees both sides: joins counted layers and executed layers by name."""
