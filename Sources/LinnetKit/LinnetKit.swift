// The whole library by one import.

@_exported import Completion
@_exported import DataFormats
@_exported import ExactFlows
@_exported import Figures
@_exported import Integration
@_exported import Landscape
@_exported import LinearAlgebra
@_exported import LinearNetworks
@_exported import Prose
@_exported import Regression
@_exported import Report
@_exported import RunFiles
@_exported import Samples
@_exported import Theory
@_exported import Training
@_exported import Verification
