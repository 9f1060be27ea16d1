"""Start-up checks: the site does not run on a database or a key file that cannot keep the promises."""
