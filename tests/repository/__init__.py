"""The repository itself: dependencies, documents and habits that would drift if nothing compared them."""
