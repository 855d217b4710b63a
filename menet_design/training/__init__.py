"""Training on torch's own engine: in one process, or in several that torchrun starts."""
