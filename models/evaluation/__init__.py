"""Measurement and calibration of encoders."""
