"""The fleet, on a real PostgreSQL and a real S3-compatible store (`servers`)."""
