"""A month that never was, for `hotline demo`: every text was written for this project, nobody in it exists."""
