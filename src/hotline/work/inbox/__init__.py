"""来信: what citizens write to us that is not an answer to a question of ours, until somebody has made something of it."""
