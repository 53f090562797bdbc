"""The laboratory of tests/calls, for the long matrices."""

from tests.calls.scenes import patient, patient_board

__all__ = ["patient", "patient_board"]
