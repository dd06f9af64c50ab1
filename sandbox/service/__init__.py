"""What all platforms of the sandbox share: clock, control, faults, limits, usage."""
