"""Which designs fit: the width for a budget, and all designs of a space within limits, of which the best are kept."""
