"""The map services that can be asked, one module or folder each, and the estimate without any."""
