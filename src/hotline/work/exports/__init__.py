"""Cases taken out as a spreadsheet: asked for with a reason, written in the background, marked, logged, and erased again."""
