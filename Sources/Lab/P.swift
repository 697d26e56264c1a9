import FlyingFox
public enum LabPlaceholder {}
