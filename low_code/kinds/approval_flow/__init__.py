"""Who must agree, in which order; run by `low_code.flows`."""
