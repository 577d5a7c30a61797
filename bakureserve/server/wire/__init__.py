"""Shapes of `/v1` that the server alone uses."""
