/* Linnet for other languages: linear neural networks by gradient flow, with the theory's word before and the verdict after.
 *
 * Arrays are of doubles, row after row; samples are rows. A function that can fail returns 0, or 1 with an error as JSON:
 *
 *     {"kind": "PreparationError.dependentInputs", "message": …, "problem": …,
 *      "remedies": [{"words": …, "argument": …}, …], "details": {"names": […], "rank": 3, "inputs": 4}}
 *
 * with the words of the command. Texts and arrays that are handed out are freed by linnet_free, handles given back by linnet_release.
 * What a handle stands for never changes, so that several threads may use it. No function ends the process, prints, or handles a signal.
 * Requests are JSON objects; every member may be left out or null unless it is said to be needed.
 */
#ifndef LINNET_H
#define LINNET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library; to be freed. */
char *linnet_version(void);
/* What is wrong with a library that was found at start-up; NULL if nothing is. To be freed. */
char *linnet_problem_of_installation(void);
void linnet_free(void *memory);
void linnet_release(void *handle);

/* A part of what a handle stands for, as JSON:
 *   problem "summary" · network "summary" · certificate "certificate", "conclusion"
 *   run "result" (result.json), "summary", "certificate", "record" (a row of a sweep), "predictor", "figures"
 *   landscape "landscape" (landscape.json), "figures" · fit "fit" · folder "result", "run" (run.json), "figures"
 * Figures are Vega-Lite specifications by their names. */
int32_t linnet_json(const void *handle, const char *part, char **json, char **error);

/* An array of what a handle stands for; shape has room for four lengths.
 *   problem "target", "inputCovariance", "targetSingularValues", "inputTransform", "inputMeans", "outputMeans"
 *   network "layers" (one after the other), "endToEnd"
 *   run "time", "loss", "gap", "gradientNorm", "distanceToTarget", "alignment", "imbalance", "imbalanceDrift", "singularValues",
 *       "requestedTimes", "requested", "layers", "endToEnd", "spectrum"
 *   landscape "polished", "direction", "escaped" (layers; empty where there are none)
 *   fit "inputMeans", "outputMeans", "inputScales", "inputDirections", "outputDirections", "standardErrors"
 *   folder "layers", "widths" */
int32_t linnet_array(const void *handle, const char *name, double **values, int64_t *shape, int32_t *dimensions, char **error);

/* --- Problems ------------------------------------------------------------------------------------------------------ */

/* Samples in memory. Request: inputNames, outputNames, prepare ("none", "center", "standardize", "whiten"), whitenRank. */
int32_t linnet_problem_from_samples(const double *inputs, const double *outputs, int64_t samples, int64_t input_count, int64_t output_count, const char *request, void **problem, char **error);
/* The whitened problem with a target Z, output_count x input_count. */
int32_t linnet_problem_from_target(const double *target, int64_t output_count, int64_t input_count, int64_t samples, void **problem, char **error);
/* Tables. Request: files and targets (needed), drop, keep, missing, encode, separator, decimal, encoding, header, prepare, whitenRank. */
int32_t linnet_problem_from_files(const char *request, void **problem, char **error);

/* --- Starts -------------------------------------------------------------------------------------------------------- */

/* Request: depth, rank, widths (hidden), start, angle, norm, scale, seed, as the options of the command. */
int32_t linnet_start(const void *problem, const char *request, void **network, char **error);
/* From the balanced factorisation of W0, outputs x inputs. */
int32_t linnet_start_from_matrix(const void *problem, const char *request, const double *values, int64_t rows, int64_t columns, void **network, char **error);
/* From layers, one after the other, of the given widths d_0, ..., d_N. */
int32_t linnet_start_from_layers(const void *problem, const char *request, const double *values, const int64_t *widths, int64_t count, void **network, char **error);

/* --- Promise, run, verdict ----------------------------------------------------------------------------------------- */

int32_t linnet_certify(const void *problem, const void *network, void **certificate, char **error);

/* Told how a run goes, on the thread that runs: flow time, loss gap, relative gradient norm, alignment, last step, seconds used, and between
 * how many seconds the end is likely to come (NaN where there is no ground for a forecast). */
typedef void (*linnet_progress)(const double *values, void *context);

/* A wish that runs stop, which any thread may utter by linnet_stop; a handle. */
void *linnet_stop_create(void);
void linnet_stop(const void *stop);

/* Request: method, flow, step, every, tolerance, time, maxTime, maxSeconds, at, stopGap, stopGradient, spectrum, errorEstimate, check.
 * progress and stop may be NULL; interval is that of the reports in seconds. A run that is stopped is a result, too. */
int32_t linnet_train(const void *problem, const void *network, const char *request, linnet_progress progress, void *context, double interval, const void *stop, void **run, char **error);
/* W at some times, one matrix after the other; found are the times that they are of: those of iterates for the method euler. */
int32_t linnet_run_states(const void *run, const double *times, int64_t count, double *matrices, double *found, char **error);
/* The layers at a time. */
int32_t linnet_run_network(const void *run, double time, void **network, char **error);
/* Writes the layers of the start as safetensors. */
int32_t linnet_run_write_start(const void *run, const char *path, char **error);
/* Writes the files of the command into an existing folder, an absolute path. Request: arguments (those of linnet train that repeat the run; needed), inputs (the files they name; needed), renderer
 * (a Python with vl-convert). */
int32_t linnet_run_save(const void *run, const char *folder, const char *request, char **error);
/* The folder of a finished run. */
int32_t linnet_folder_open(const char *path, void **folder, char **error);

/* Request: polish, escape, levels, gradientTolerance, maxSeconds. */
int32_t linnet_landscape(const void *problem, const void *network, const char *request, const void *stop, void **landscape, char **error);

/* --- Fits ---------------------------------------------------------------------------------------------------------- */

/* names: a JSON object with inputNames and outputNames, or NULL. prepare: "none", "center" (the default), "standardize". weights: "identity" (the default), "residual-covariance". criterion: NULL
 * for the given rank. folds: 0 for the default of the criterion. Coefficients, intercept and chosen (the rank) are those of linnet_fit_predictor. */
int32_t linnet_fit(const double *inputs, const double *outputs, int64_t samples, int64_t input_count, int64_t output_count, const char *names, const char *prepare, const char *weights, const double *penalties, int64_t penalty_count, int64_t rank, const char *criterion, int64_t folds, int64_t repetitions, uint64_t seed, double *coefficients, double *intercept, int64_t *chosen, void **fit, char **error);
/* y = C x + b at a rank, below zero for the one that was chosen: outputs x inputs numbers of C, with zeros for constant inputs, and b. */
int32_t linnet_fit_predictor(const void *fit, int64_t rank, double *coefficients, double *intercept, int64_t *chosen, char **error);
/* The fit as a balanced network with these hidden widths. */
int32_t linnet_fit_network(const void *fit, const int64_t *hidden, int64_t count, void **network, char **error);

#ifdef __cplusplus
}
#endif

#endif
