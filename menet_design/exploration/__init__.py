"""Which design a name means, and which design fits a budget."""
