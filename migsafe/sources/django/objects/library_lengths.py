"""Fields of django-localflavor 053f812: text, whose length is the class's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LENGTHS: Final[Mapping[str, Mapping[str, int]]] = {
    "localflavor.ae.models": {
        "UAEEmirateField": 2,
        "UAEEmiratesIDField": 18,
        "UAEPOBoxField": 10,
        "UAEPostalCodeField": 5,
        "UAETaxRegistrationNumberField": 15,
    },
    "localflavor.au.models": {
        "AUBusinessNumberField": 11,
        "AUCompanyNumberField": 9,
        "AUPostCodeField": 4,
        "AUStateField": 3,
        "AUTaxFileNumberField": 11,
    },
    "localflavor.bg.models": {"BGEGNField": 10, "BGEIKField": 13},
    "localflavor.br.models": {"BRCNPJField": 18, "BRCPFField": 14, "BRPostalCodeField": 9, "BRStateField": 2},
    "localflavor.by.models": {
        "BYPassIdNumberField": 14,
        "BYPassNumberField": 9,
        "BYPostalCodeField": 6,
        "BYRegionField": 1,
    },
    "localflavor.ca.models": {"CAPostalCodeField": 7, "CAProvinceField": 2, "CASocialInsuranceNumberField": 11},
    "localflavor.cu.models": {
        "CUIdentityCardNumberField": 11,
        "CUPostalCodeField": 5,
        "CUProvinceField": 3,
        "CURegionField": 3,
    },
    "localflavor.ec.models": {"ECProvinceField": 2},
    "localflavor.es.models": {"ESIdentityCardNumberField": 9, "ESPostalCodeField": 5},
    "localflavor.fr.models": {"FRRNAField": 10, "FRSIRENField": 9, "FRSIRETField": 14},
    "localflavor.generic.models": {"BICField": 11, "IBANField": 34},
    "localflavor.gh.models": {"GHRegionField": 13},
    "localflavor.in_.models": {"INPANCardNumberField": 10, "INStateField": 2},
    "localflavor.lk.models": {"LKDistrictField": 15, "LKPostalCodeField": 5, "LKProvinceField": 15},
    "localflavor.md.models": {"MDCompanyTypeField": 5, "MDIDNOField": 13, "MDLicensePlateField": 9},
    "localflavor.mk.models": {"MKIdentityCardNumberField": 8, "MKMunicipalityField": 2, "UMCNField": 13},
    "localflavor.mx.models": {
        "MXCLABEField": 18,
        "MXCURPField": 18,
        "MXRFCField": 13,
        "MXSocialSecurityNumberField": 11,
        "MXStateField": 4,
        "MXZipCodeField": 5,
    },
    "localflavor.nl.models": {"NLBSNField": 12, "NLLicensePlateField": 8, "NLProvinceField": 3, "NLZipCodeField": 7},
    "localflavor.np.models": {"NPDistrictField": 15, "NPPostalCodeField": 5, "NPProvinceField": 12, "NPZoneField": 11},
    "localflavor.pk.models": {"PKPostCodeField": 5, "PKStateField": 5},
    "localflavor.qa.models": {"QAMunicipalityField": 2, "QANationalIDField": 11},
    "localflavor.ua.models": {"UAPostalCodeField": 5, "UARegionField": 5, "UAVatNumberField": 10},
    "localflavor.us.models": {
        "USAdoptionTaxpayerIdentificationNumberField": 11,
        "USIndividualTaxpayerIdentificationNumberField": 11,
        "USPostalCodeField": 2,
        "USSocialSecurityNumberField": 11,
        "USStateField": 2,
        "USTaxpayerIdentificationNumberField": 11,
        "USZipCodeField": 10,
    },
}
"""By module and class."""
