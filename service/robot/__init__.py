"""小统 for other programs: questions answered from the scripts, and the scripts themselves to take away."""
