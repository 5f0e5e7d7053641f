"""Where all cameras stand: pair-chained poses, then a bundle adjustment."""
