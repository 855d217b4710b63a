"""Finished data in; tables, figures and files out. Computes nothing."""
