"""Scripts that peers run in their own environments: they import no Sojourn."""
