"""The contest: works come in, are judged blind under sealed scores, and the count can be done again by anyone."""
