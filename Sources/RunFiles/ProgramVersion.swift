/// The version of the program, as `linnet --version` says it and its files record it.
public let programVersion = "0.1.0"
