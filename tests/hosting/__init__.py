"""Where a deployment runs: look-ups against real servers on loopback, and what is read from their bytes."""
