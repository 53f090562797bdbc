"""What clerks and dispatchers are told of their cases: in the console, and by text message who wants it."""
