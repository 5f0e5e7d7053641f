"""Which strategies to run for an item, learnt from confirmations, and what another choice had earned."""
