"""Orders the candidates by everything that is known of them, and says how sure it is of the first."""
