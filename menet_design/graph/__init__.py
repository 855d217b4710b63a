"""What a network is, whoever made it: named operations with their shapes, and blocks of them. Knows no family."""
