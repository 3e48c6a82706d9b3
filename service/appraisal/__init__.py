"""考评: what each division and city contributed in a period, by rules that were fixed before."""
