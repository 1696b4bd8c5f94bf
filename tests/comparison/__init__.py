"""Comparison of systems: screens, code, filtration, controls, exhibits and product fingerprints."""
