"""E-mail: what citizens write to the city's address, and the messages that go to those who left no mobile number."""
