"""How long networks take on this machine: engines that run models, measured side by side."""
