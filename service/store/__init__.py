"""The only room that speaks SQL. A feature's tables and questions stand in one module each."""
