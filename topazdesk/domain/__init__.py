"""Pure rules of the field: no I/O, no clock, no Qt."""
