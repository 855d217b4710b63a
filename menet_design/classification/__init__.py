"""Networks with their weights, at work: what they see on images, and how often they are right."""
