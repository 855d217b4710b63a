"""What a network costs and who reaches whom: reads a Network, returns numbers."""
