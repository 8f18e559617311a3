"""What every mail is held to, whoever made its templates: each rule looks at a finished copy and says what is wrong. Pure."""
