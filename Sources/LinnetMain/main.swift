import LinnetCommand

Linnet.main()
