#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <mpi.h>

// Handles are macros, which Swift does not see.
static inline MPI_Comm cmpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Info cmpi_no_info(void) { return MPI_INFO_NULL; }
static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype cmpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }
static inline MPI_Errhandler cmpi_errors_are_fatal(void) { return MPI_ERRORS_ARE_FATAL; }

#endif
