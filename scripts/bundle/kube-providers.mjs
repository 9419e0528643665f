// In the place of KubeConfig's own providers for Azure and Google Cloud. rollcall refuses them, as kubectl does, and runs credential programs
// instead.
class Provider {
  isAuthProvider() {
    return false;
  }
}

export { Provider as AzureAuth, Provider as GoogleCloudPlatformAuth };
