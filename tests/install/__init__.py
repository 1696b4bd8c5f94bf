"""The program as it is installed: the wheel, what it holds, and that it works without the checkout."""
