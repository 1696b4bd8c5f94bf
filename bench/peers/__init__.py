"""Other programs that are measured beside this one. None of them is needed by it."""
