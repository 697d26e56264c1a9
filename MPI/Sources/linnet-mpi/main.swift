import LinnetCommand

TeamCommand.main(MPITeam())
