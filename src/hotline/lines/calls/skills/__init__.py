"""What agents can do: lines, languages, desks, each with a level from 1 to 5, from one date to another."""
