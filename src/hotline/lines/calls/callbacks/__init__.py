"""漏接必回: everybody whose call was missed is listed and called back, with attempts and an outcome."""
