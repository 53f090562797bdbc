"""恶意骚扰来电: whoever abuses the hotline waits behind everybody else for a while. He is never dropped, may appeal, and two
people decide it."""
